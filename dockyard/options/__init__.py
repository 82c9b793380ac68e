"""What a person may type: each command's words and options, a file for each thing one does."""
