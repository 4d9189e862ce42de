/** So much of an id tells it from the others, and is enough for every command that takes one. */
export const ID_LETTERS = 8
