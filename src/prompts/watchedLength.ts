/** UTF-16 units of a text that may be read again at every keystroke. */
export const longestWatched = 100_000;
