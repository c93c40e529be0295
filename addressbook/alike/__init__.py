"""Contacts that may be one: which pairs of a book look like the same person or organisation, and why.

A pure function of what contacts say: no database, no network, no clock. Each file has one subject:

`names`     how alike two names are, in Latin letters and in Chinese characters
`places`    how alike two addresses are: their numbers count more than their words
`traits`    what is compared of a contact, worked out once for each
`judging`   from what two contacts share to whether they are one, and the reasons to show
`reasons`   codes and words of the reasons
`finding`   which pairs of a book are worth judging, so that not every pair is
"""
