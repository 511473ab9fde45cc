"""What the bank keeps of people, and why: the register that each app's `personal_data.py` fills."""
