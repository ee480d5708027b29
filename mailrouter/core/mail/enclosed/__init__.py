"""Files beside the text: what locks them, what their pictures say beside the picture."""
