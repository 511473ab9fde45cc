"""What people may ask about their data: take it along, limit its use, erase it, see who looked."""
