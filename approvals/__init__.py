"""Four eyes: what one member of staff asks for, another one decides, and the database knows both."""
