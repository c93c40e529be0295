// Runs before the page is drawn, so that nothing folds before the reader's eyes.
document.documentElement.className += " js-enabled";
