/** What the database of a server is called in its data directory. */
export const databaseFile = 'colloquy.db';
