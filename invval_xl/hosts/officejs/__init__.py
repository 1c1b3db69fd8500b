"""Excel on the Mac and on the web: Office.js asks a server on the same computer."""
