/** A whole server with a sender for e-mail, for tests. */

import { type Operations, openOperations } from '../../api/rest/x/test-operations.ts';
import { configureAddress } from '../../core/address-configurations/actions.ts';
import { createConversation } from '../../core/conversations/actions.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import type { MessagesTable } from '../../storage/schema.ts';
import { emailModule } from './module.ts';

export interface MailWorld extends Operations {
  /** Configures a sender over the API. @returns its SID */
  addSender(address: string, config: object): Promise<string>;
  /** Mail to this own address makes conversations. */
  makeConversationsFor(address: string): Promise<void>;
  /** @returns the SID of a conversation with these people, bare addresses */
  converse(emailAddress: string | undefined, ...people: string[]): Promise<string>;
  say(
    conversation: string,
    body: string,
    more?: { subject?: string; media?: string[]; author?: string },
  ): Promise<MessagesTable>;
  /** All messages that there are, in the order in which they came. */
  messages(): Promise<MessagesTable[]>;
  statusOf(message: { sid: string }): Promise<string | null | undefined>;
  /** Resolves as soon as it is so, looking whenever something was committed. */
  until(so: () => Promise<boolean>): Promise<void>;
}

export async function openMailWorld(): Promise<MailWorld> {
  const at = await openOperations('off', [emailModule]);
  const { rig } = at;
  const { core, service } = rig;
  const actor = { kind: 'account', account: rig.account } as const;
  return {
    ...at,
    addSender: async (address, config) => {
      const { status, body } = await at.call('POST', '/senders', { type: 'email', addresses: [address], config });
      if (status !== 201) throw new Error(JSON.stringify(body));
      return (body as { sid: string }).sid;
    },
    makeConversationsFor: async (address) => {
      const autoCreation = { enabled: true, type: 'default', serviceSid: service } as const;
      await core.run(configureAddress, actor, { type: 'email', address, autoCreation });
    },
    converse: async (emailAddress, ...people) => {
      const { sid } = await core.run(createConversation, actor, { service, emailAddress });
      for (const address of people) await core.run(addParticipant, actor, { service, conversation: sid, address });
      return sid;
    },
    say: (conversation, body, more = {}) =>
      core.run(sendMessage, actor, { service, conversation, body, author: 'ben', ...more }),
    messages: () => core.db.sql.selectFrom('messages').selectAll().orderBy('sid').execute(),
    statusOf: async (message) => (await rig.receipts(message))[0]?.status,
    until: (so) =>
      new Promise((resolve, reject) => {
        const look = () => {
          so().then((is) => {
            if (!is) return;
            unsubscribe();
            resolve();
          }, reject);
        };
        const unsubscribe = rig.bus.subscribe(look);
        look();
      }),
  };
}
