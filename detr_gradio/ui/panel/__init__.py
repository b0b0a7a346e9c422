"""What stands beside the tabs: header, settings, examples, the result and its downloads."""
