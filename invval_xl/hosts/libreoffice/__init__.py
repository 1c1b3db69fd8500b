"""LibreOffice Calc as a host: an extension generated from the registry, and the worker behind."""
