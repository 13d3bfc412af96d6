import { initializationWork } from '../../core/combined/create.ts';
import { type InboundWorkPayload, inboundWork } from '../../core/inbound/queue.ts';
import { workKinds } from '../../core/outbox/kinds.ts';
import { asideOf } from '../../core/outbox/store.ts';
import { webhookWork } from '../../core/webhooks/deliveries.ts';
import type { Db } from '../../storage/db.ts';
import type { OutboxTable } from '../../storage/schema.ts';
import { type Check, type Finding, looked, mend, quoted } from '../check.ts';

const lanesAtOnce = 300;
const kinds: readonly string[] = workKinds;

/** Work of a lane. */
type Open = Pick<OutboxTable, 'id' | 'lane' | 'seq' | 'state' | 'lease' | 'lease_until'>;

export const outboxLanes: Check = {
  name: 'outbox lanes',
  about:
    'each lane of the outbox has one head, the first of those that wait, and it is claimed or can be; what failed for good is in no lane',
  look: async (db, after) => {
    const lanes = await db.sql
      .selectFrom('outbox')
      .select('lane')
      .distinct()
      .where('lane', '>', after)
      .orderBy('lane')
      .limit(lanesAtOnce)
      .execute();
    const names = lanes.map(({ lane }) => lane);
    const findings: Finding[] = [];
    for (const lane of names) findings.push(...judge(lane, await heads(db, lane)));
    return looked(findings, names.length, lanesAtOnce, names.at(-1));
  },
};

/** The first of those that wait, and of those that do not: however long a lane is, that tells. */
async function heads(db: Db, lane: string): Promise<Open[]> {
  const open = db.sql
    .selectFrom('outbox')
    .select(['id', 'lane', 'seq', 'state', 'lease', 'lease_until'])
    .where('lane', '=', lane)
    .orderBy('seq')
    .limit(2);
  const active = await open.where('state', 'in', ['pending', 'sending']).execute();
  const waiting = await open.where('state', '=', 'waiting').execute();
  const strange = await open.where('state', 'not in', ['pending', 'sending', 'waiting']).execute();
  return [...active, ...waiting, ...strange];
}

function judge(lane: string, open: readonly Open[]): Finding[] {
  const where = `outbox lane ${lane}`;
  const active = open.filter(({ state }) => state === 'pending' || state === 'sending');
  const [first] = open.filter(({ state }) => state === 'waiting');
  const strange = open.filter(({ state }) => !['pending', 'sending', 'waiting'].includes(state));
  // What comes to the lane waits behind whatever is in it: what failed for good has a lane of its own.
  const aside = "lane = lane || '/' || id";
  const findings: Finding[] = strange
    .filter(({ id, state }) => state !== 'dead' || !lane.endsWith(asideOf(id)))
    .map(({ id, state }) =>
      state === 'dead'
        ? {
            where,
            problem: `The work ${id} has failed for good and is in its lane all the same: what comes next would wait for it.`,
            remedy: mend(`UPDATE outbox SET ${aside} WHERE id = ${quoted(id)}`),
          }
        : {
            where,
            problem: `The work ${id} is in the state ${state}, which there is not.`,
            remedy: mend(
              `UPDATE outbox SET state = 'dead', ${aside}, lease = NULL, lease_until = NULL WHERE id = ${quoted(id)}`,
            ),
          },
    );
  const [head, second] = active;
  if (!head && first) {
    findings.push({
      where,
      problem: `Its work waits, first ${first.id}, and nothing is before it: nobody is going to do it.`,
      remedy: mend(`UPDATE outbox SET state = 'pending' WHERE id = ${quoted(first.id)}`),
    });
  }
  if (head && second) {
    findings.push({
      where,
      problem: `It has two heads, ${head.id} and ${second.id}: they may overtake each other.`,
      remedy: mend(
        `UPDATE outbox SET state = 'waiting', lease = NULL, lease_until = NULL WHERE id = ${quoted(second.id)}`,
      ),
    });
  }
  // What a provider gives back takes its old place, also before what is being sent just then.
  if (head?.state === 'pending' && first && first.seq < head.seq) {
    findings.push({
      where,
      problem: `Its head ${head.id} is not the first of it: ${first.id} waits with a lower number.`,
      remedy: 'What waits is done after the head; nothing is lost. Report this as a fault of the server.',
    });
  }
  for (const { id, state, lease, lease_until } of active) {
    if (state === 'pending' ? lease === null : lease !== null && lease_until !== null) continue;
    const problem =
      state === 'pending'
        ? `The work ${id} can be claimed, and has a lease all the same.`
        : `The work ${id} is being done by nobody: it has no lease that could run out.`;
    const remedy = mend(
      `UPDATE outbox SET state = 'pending', lease = NULL, lease_until = NULL WHERE id = ${quoted(id)}`,
    );
    findings.push({ where, problem, remedy });
  }
  return findings;
}

const pageSize = 500;

export const outboxWork: Check = {
  name: 'outbox work',
  about: 'all work in the outbox is of something that is known',
  look: async (db, after) => {
    const rows = await page(db, after);
    const findings: Finding[] = [];
    for (const row of rows) {
      const problem = await problemOf(db, row);
      if (problem === undefined) continue;
      const remedy = mend(`DELETE FROM outbox WHERE id = ${quoted(row.id)}; ${letGoOn(row.lane)}`);
      findings.push({ where: `outbox work ${row.id} (${row.kind}, lane ${row.lane})`, problem, remedy });
    }
    return looked(findings, rows.length, pageSize, rows.at(-1)?.id);
  },
};

/** The first that waits in a lane is its head, where there is none any more. */
function letGoOn(lane: string): string {
  const of = `FROM outbox WHERE lane = ${quoted(lane)} AND state`;
  const first = `SELECT id ${of} = 'waiting' ORDER BY seq LIMIT 1`;
  return `UPDATE outbox SET state = 'pending' WHERE id = (${first}) AND NOT EXISTS (SELECT id ${of} IN ('pending', 'sending'))`;
}

function page(db: Db, after: string) {
  return db.sql
    .selectFrom('outbox')
    .leftJoin('webhook_deliveries', 'webhook_deliveries.id', 'outbox.id')
    .leftJoin('conversations', 'conversations.sid', 'outbox.id')
    .select(['outbox.id', 'outbox.kind', 'outbox.lane', 'outbox.state', 'outbox.payload'])
    .select(['webhook_deliveries.state as delivery', 'conversations.state as conversation'])
    .where('outbox.id', '>', after)
    .orderBy('outbox.id')
    .limit(pageSize)
    .execute();
}

type Row = Awaited<ReturnType<typeof page>>[number];

/** What lost its message or conversation on the way is no finding: whoever does it sees that, and drops it. */
async function problemOf(db: Db, row: Row): Promise<string | undefined> {
  if (!kinds.includes(row.kind)) return `Nobody does work of the kind ${row.kind}.`;
  let payload: unknown;
  try {
    payload = JSON.parse(row.payload);
  } catch {
    return 'What it says of itself cannot be read.';
  }
  if (row.state === 'dead') return undefined;
  if (row.kind === webhookWork && !Object.hasOwn(payload as object, 'replay') && row.delivery !== 'pending') {
    return `The delivery log has its request as ${row.delivery ?? 'unknown'}, and it is still to be made.`;
  }
  if (row.kind === initializationWork && row.conversation !== null && row.conversation !== 'initializing') {
    return `It would add participants to a conversation that is ${row.conversation} already.`;
  }
  if (row.kind === inboundWork) {
    const { channel, eventId } = payload as InboundWorkPayload;
    const event = await db.sql
      .selectFrom('inbound_events')
      .select('outcome')
      .where('sender', '=', channel)
      .where('event_id', '=', eventId)
      .executeTakeFirst();
    if (event?.outcome !== 'queued') return `The message that it would take in is ${event?.outcome ?? 'unknown'}.`;
  }
  return undefined;
}
