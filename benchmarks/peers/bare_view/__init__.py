"""The plainest page of transactions Django can serve: no middleware, no token, no limit, one query."""
