"""What happens in the story, one file for each who acts: the app, the customer, the log."""
