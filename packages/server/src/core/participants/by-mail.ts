/**
 * People by e-mail. They have no own address in their binding (contract: error 50453): what goes to them comes from
 * that of the conversation (`Bindings.Email.Address`), or else from the first that a sender for e-mail has. So the same
 * two addresses may meet in any number of conversations, and mails say which one they are for.
 */
import { sql as raw } from 'kysely';
import { type Db, prepare } from '../../storage/db.ts';
import type { ParticipantsTable } from '../../storage/schema.ts';
import { parseAddress } from '../addresses.ts';

const isMail = raw<boolean>`type = 'email'`;

const mailMembers = prepare((sql, p: { conversation: string }) =>
  sql
    .selectFrom('participants')
    .select(['sid', 'address'])
    .where('conversation_sid', '=', p.conversation)
    .where(isMail)
    .orderBy('sid'),
);

const ownSide = prepare((sql, p: { conversation: string }) =>
  sql
    .selectFrom('conversations')
    .select(['account_sid', 'email_address', 'email_name'])
    .where('sid', '=', p.conversation),
);

const firstOwn = prepare((sql, p: { account: string }) =>
  sql
    .selectFrom('sender_addresses')
    .innerJoin('senders', 'senders.sid', 'sender_addresses.sender_sid')
    .select('sender_addresses.address')
    .where('sender_addresses.account_sid', '=', p.account)
    .where('senders.type', '=', 'email')
    .orderBy('senders.sid')
    .orderBy('sender_addresses.address')
    .limit(1),
);

export interface MailRoute {
  participant_sid: string;
  address: string;
  proxy_address: string;
  sender_name: string | null;
}

/** The copies of a message that go out by e-mail; none where no sender for e-mail is configured. */
export async function mailRoutes(db: Db, conversation: string): Promise<MailRoute[]> {
  const members = await db.all(mailMembers, { conversation });
  const side = members.length > 0 ? await db.first(ownSide, { conversation }) : undefined;
  const first = side && (await db.first(firstOwn, { account: side.account_sid }))?.address;
  if (!side || first === undefined) return [];
  const proxy_address = canonical(side.email_address) ?? first;
  return members.flatMap(({ sid, address }) =>
    address === null ? [] : [{ participant_sid: sid, address, proxy_address, sender_name: side.email_name }],
  );
}

const pairsOf = prepare((sql, p: { account: string; address: string }) =>
  sql
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversation_sid')
    .select(['participants.sid', 'participants.conversation_sid', 'conversations.email_address'])
    .where('participants.account_sid', '=', p.account)
    .where(raw`lower(participants.address)`, '=', p.address)
    .where(raw<boolean>`participants.type = 'email'`)
    .where('conversations.state', 'in', ['active', 'inactive'])
    .orderBy('conversations.date_activity', 'desc')
    .orderBy('conversations.sid', 'desc')
    .limit(100),
);

/** The open conversation in which the two addresses meet; of several the one that something happened in last. */
export async function findMailPair(
  db: Db,
  account: string,
  { sender, recipient }: { sender: string; recipient: string },
): Promise<{ conversation: string; participant: string } | undefined> {
  const pairs = await db.all(pairsOf, { account, address: sender.toLowerCase() });
  if (pairs.length === 0) return undefined;
  const first = (await db.first(firstOwn, { account }))?.address;
  const own = recipient.toLowerCase();
  const found = pairs.find(({ email_address }) => (canonical(email_address) ?? first)?.toLowerCase() === own);
  return found && { conversation: found.conversation_sid, participant: found.sid };
}

const memberByMail = prepare((sql, p: { conversation: string; address: string }) =>
  sql
    .selectFrom('participants')
    .selectAll()
    .where('conversation_sid', '=', p.conversation)
    .where(isMail)
    .where(raw`lower(address)`, '=', p.address),
);

/** Whoever is in the conversation by this address, in whatever letters. */
export function findMailMember(db: Db, conversation: string, address: string): Promise<ParticipantsTable | undefined> {
  return db.first(memberByMail, { conversation, address: address.toLowerCase() });
}

/** As own addresses of e-mail are stored; undefined for what is none. */
function canonical(address: string | null): string | undefined {
  const parsed = address === null ? undefined : parseAddress(address);
  return parsed?.ok && parsed.type === 'email' ? parsed.address : undefined;
}
