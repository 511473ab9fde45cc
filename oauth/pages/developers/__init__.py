"""The developer portal: a developer's own apps, registered and sent to review, without JavaScript."""
