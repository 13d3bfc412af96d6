import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultRetries } from './retry.ts';
import { openRig } from './test-rig.ts';

/** What the receiver answers to one request after the other, and in which of three conversations each message is. */
const story = fc.record({
  // As many as there are retries: however they fall, no delivery is given up.
  statuses: fc.array(fc.constantFrom(200, 204, 429, 500, 503), { maxLength: defaultRetries }),
  messages: fc.array(fc.constantFrom(0, 1, 2), { minLength: 1, maxLength: 12 }),
});

it('is kept within each conversation, and nothing is left out, whatever the receiver answers', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ statuses, messages }) => {
      const at = await openRig();
      try {
        await at.configure();
        at.start();
        const accepted: Record<string, string[]> = {};
        let answered = 0;
        at.receiver.answer = ({ values }) => {
          const status = statuses[answered++] ?? 200;
          const { ConversationSid: conversation = '', Body: body = '' } = values;
          if (status < 300) accepted[conversation] = [...(accepted[conversation] ?? []), body];
          return { status };
        };
        const conversations = [await at.converse(), await at.converse(), await at.converse()];
        const expected: Record<string, string[]> = {};
        for (const [number, which] of messages.entries()) {
          const conversation = conversations[which] ?? '';
          expected[conversation] = [...(expected[conversation] ?? []), `${number}`];
          await at.say(conversation, `${number}`);
        }
        await at.idle();
        while ((await at.deliveries()).some(({ state }) => state === 'pending')) await at.goOn(1);
        expect(accepted).toEqual(expected);
      } finally {
        await at.discard();
      }
    }),
    { numRuns: 5 },
  );
});
