"""What a cloud allows of a lab, asked before anything is made.

`needs` is what is not there yet, `answers` what a cloud says of it, `asking` the straight line
between them; a cloud is a file in `clouds/`. Nothing here changes anything anywhere.
"""
