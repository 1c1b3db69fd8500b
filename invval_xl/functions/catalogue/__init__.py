"""The worksheet functions, a module a family."""
