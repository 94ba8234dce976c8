"""The files of the pages and the widget, as browsers get them."""
