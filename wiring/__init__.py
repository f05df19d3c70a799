"""How the parts of both packages are put together: settings in, the application and the command line out."""
