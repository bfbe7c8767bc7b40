"""Map data for programs such as QGIS: grids, public cases and figures as GeoJSON, coarse enough for anybody."""
