/**
 * The floor of durable messages: a thread that owns SQLite and commits whatever it is sent as one transaction,
 * three plain statements a message. No rules, no roles, no events of other kinds.
 */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

export interface FloorMessage {
  sid: string;
  conversation: string;
  author: string;
  body: string;
}

const { file, conversations } = workerData as { file: string; conversations: string[] };
const database = new DatabaseSync(file);
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 20000');
database.exec('PRAGMA cache_size = -65536');
database.exec(`
  CREATE TABLE conversations (sid TEXT PRIMARY KEY, next_index INTEGER NOT NULL, date_updated INTEGER);
  CREATE TABLE messages (sid TEXT PRIMARY KEY, conversation_sid TEXT, idx INTEGER, author TEXT, body TEXT,
    attributes TEXT, date_created INTEGER, UNIQUE (conversation_sid, idx));
  CREATE TABLE events (id INTEGER PRIMARY KEY, conversation_sid TEXT, type TEXT, payload TEXT, created INTEGER);
`);
const insertConversation = database.prepare('INSERT INTO conversations VALUES (?, 0, 0)');
for (const sid of conversations) insertConversation.run(sid);
const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');
const take = database.prepare(
  'UPDATE conversations SET next_index = next_index + 1, date_updated = ? WHERE sid = ? RETURNING next_index',
);
const insertMessage = database.prepare('INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)');
const insertEvent = database.prepare(
  'INSERT INTO events (conversation_sid, type, payload, created) VALUES (?, ?, ?, ?)',
);

parentPort?.on('message', (batch: FloorMessage[] | 'close') => {
  if (batch === 'close') {
    database.close();
    parentPort?.close();
    return;
  }
  const now = Date.now();
  begin.run();
  const indexes = batch.map(({ sid, conversation, author, body }) => {
    const { next_index } = take.get(now, conversation) as { next_index: number };
    insertMessage.run(sid, conversation, next_index - 1, author, body, '{}', now);
    insertEvent.run(conversation, 'message.added', JSON.stringify({ sid, conversation, author, body }), now);
    return next_index - 1;
  });
  commit.run();
  parentPort?.postMessage(indexes);
});
parentPort?.postMessage('ready');
