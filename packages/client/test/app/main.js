import { Client } from '@colloquy/client';
import { talk } from './talk.js';

globalThis.talk = (tokens, options) => talk(Client, tokens, options);
