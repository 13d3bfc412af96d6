/** Run by hand: `npm run soak -- smpp --messages 10000`. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '10000' },
    people: { type: 'string', default: '200' },
    kills: { type: 'string', default: '2' },
    speed: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(randomBytes(4).readUInt32BE()) },
  },
});
const [messages, people, kills, speed, seed] = [
  values.messages,
  values.people,
  values.kills,
  values.speed,
  values.seed,
].map(Number) as [number, number, number, number, number];
if (!(messages > 0 && people > 0 && people <= 80_000 && kills >= 0 && speed > 0 && Number.isSafeInteger(seed))) {
  throw new Error('Give --messages, --people up to 80000, --kills, --speed and --seed as numbers.');
}
const say = (text: string) => process.stdout.write(`${text}\n`);
say(`--messages ${messages} --people ${people} --kills ${kills} --speed ${speed} --seed ${seed}`);
const result = await soak({ messages, people, kills, speed, seed, say });
say(JSON.stringify(result, null, 2));
process.exitCode = result.problems.length + result.unmarked > 0 ? 1 : 0;
