/** 200 characters, as in a chat that is not terse. */
export const messageBody = 'Shall we meet at the station, or is the corner by the bakery easier for you? '
  .repeat(3)
  .slice(0, 200);
