"""Possible duplicates of a book: looked for by a task, shown side by side, merged, and parted again.

`models`   what is kept: when a book was looked through, the pairs found, the merges that can be undone
`looking`  the task's work
`merging`  two contacts become one, and two again
"""
