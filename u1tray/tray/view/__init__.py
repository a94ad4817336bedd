"""What is shown, decided purely: icon names, menus as data, the difference of two menus."""
