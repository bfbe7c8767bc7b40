"""Grids as files: GeoJSON, CSV, workbooks, GeoPackages, Shapefiles; read against the city as it is, and written. Pure.

A file speaks for the grids it names and for everything below them; what else there is stays as it is.
"""

from routing.grid_files.changes import Changes
from routing.grid_files.forms import FORMS, Form, Written
from routing.grid_files.reading import read
from routing.grid_files.writing import write

__all__ = ["FORMS", "Changes", "Form", "Written", "read", "write"]
