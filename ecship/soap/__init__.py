"""The SOAP entrance: what shops and programs of the original EC-Ship speak, on the services that the pages call.

Its notes for clients are docs/integrators.md. `envelope` reads what comes, `table` is the one table of
what there is, `writing` and `wsdl` say it; everything between is the site's own walls, limits and trail.
"""
