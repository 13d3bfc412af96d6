import type { Evidence } from './evidence.ts';

/** How far a server's idea of the time may be from the truth, when its way to the database is bad; milliseconds. */
const tolerance = 1000;

/**
 * However wrong the clocks of servers are that share a database: a message has a time between when it was asked for and
 * when that was acknowledged. The database has the harness's clock.
 */
export function checkTimes(evidence: Evidence): string[] {
  if (evidence.run === undefined || evidence.run.set === 'single') return [];
  const sends = new Map(evidence.requests.filter(({ what }) => what === 'send').map((send) => [send.id, send]));
  return evidence.found.flatMap((found) =>
    evidence.logged(found).flatMap(({ id, sid, time }) => {
      const send = sends.get(id);
      const asked = send?.t ?? Number.NEGATIVE_INFINITY;
      // What a phone writes is taken in later than it is told that it was sent.
      const isTold = send?.outcome === 'acknowledged' && !send.actor.startsWith('phone');
      const told = (isTold && send.told?.t) || Number.POSITIVE_INFINITY;
      if (time >= asked - tolerance && time <= told + tolerance) return [];
      const [off, what] = time < asked ? [asked - time, 'before it was asked for'] : [time - told, 'after its answer'];
      return [`${sid} ("${id}") in ${found.conversation} has a time ${off} ms ${what}`];
    }),
  );
}
