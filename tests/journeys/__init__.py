"""What people and apps live through, over HTTP and in Chromium only, against a whole running bank."""
