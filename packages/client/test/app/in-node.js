// Prints what `talk` got. Arguments: the tokens and options as JSON, and where `ws` is, if it is to be used.
import { Client } from '@colloquy/client';
import { talk } from './talk.js';

const [tokens, options, ws] = process.argv.slice(2);
const webSocket = ws ? (await import(ws)).default : undefined;
const got = await talk(Client, JSON.parse(tokens), { ...JSON.parse(options), webSocket });
process.stdout.write(JSON.stringify(got));
