/** What the command prints when it is ready: who is who, and lines to copy. Fits 80 columns where addresses are short. */
import { existsSync } from 'node:fs';
import { pathFrom, quoted } from '../process/shell-directory.ts';
import type { Simulated } from './provider.ts';
import type { ServerHere } from './server-here.ts';

export interface Introduction {
  /** What the command calls the provider. */
  name: string;
  simulated: Simulated;
  /** Undefined: it is attached to none. */
  server: ServerHere | undefined;
  /** SID of the sender in it, and whether that stays at the end. */
  attachment: { sender: string; keep: boolean } | undefined;
  /** Whether the server has the playground. */
  hasPage: boolean;
  /** Paths are shown, and commands work, from there. */
  shellDirectory: string;
}

export function introduce(introduction: Introduction): string {
  const { simulated, server, attachment, hasPage } = introduction;
  const { phones, url, facts, faults } = simulated;
  const [phone] = phones.phones;
  const [own = ''] = phones.own;
  const rows: (readonly [string, string])[] = [['Own address', own], ['A phone', phone], ...facts];
  if (server && attachment) {
    rows.push(['Attached to', server.url]);
    rows.push(['as sender', `${attachment.sender}${attachment.keep ? '' : ', until this ends'}`]);
  }
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return [
    '',
    `${phones.title}, simulated. It is on this machine only; Ctrl-C ends it.`,
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}${value}`),
    '',
    ...(phones.note === null ? [] : [phones.note, '']),
    ...(server ? [...conversation(introduction, server), ''] : []),
    'Write as the phone: type a line here that begins with its address, as in',
    '',
    `  ${phone} Hello!`,
    '',
    'or from elsewhere, and read what arrived there:',
    '',
    `  phone=${url}/phones/${phone}/messages`,
    `  curl $phone -H 'Content-Type: application/json' -d '{"body": "Hello!"}'`,
    `  curl "$phone?after=0&wait=25"`,
    '',
    ...(server && hasPage ? [...page(server, url), ''] : []),
    'Make things go wrong, and see what was asked:',
    '',
    `  control=${url}/control`,
    ...faults.flatMap(({ what, fault }) => [
      `  # ${what}`,
      `  curl $control/faults -d ${quoted(JSON.stringify(fault))}`,
    ]),
    '  # No faults any more; the journal of requests',
    '  curl -X DELETE $control/faults',
    '  curl $control/journal',
    '',
    '→ arrived at a phone   ← written on one   ✓ reported   ! refused or lost',
    '',
    '',
  ].join('\n');
}

function conversation({ name, simulated, shellDirectory }: Introduction, server: ServerHere): string[] {
  const [phone] = simulated.phones.phones;
  const [own = ''] = simulated.phones.own;
  const curl = existsSync(server.curlConfig)
    ? `curl -K ${quoted(pathFrom(shellDirectory, server.curlConfig))}`
    : `curl -u ${server.accountSid}`;
  const conversation = `$conversations/via-${name}`;
  return [
    'Make a conversation with that phone in it, once, and write to it:',
    '',
    `  conversations=${server.url}/v1/Conversations`,
    `  ${curl} $conversations -d UniqueName=via-${name}`,
    `  ${curl} ${conversation}/Participants \\`,
    `    --data-urlencode MessagingBinding.Address=${phone} \\`,
    `    --data-urlencode MessagingBinding.ProxyAddress=${own}`,
    `  ${curl} ${conversation}/Messages \\`,
    `    -d Author=shop -d 'Body=Your parcel is here.'`,
  ];
}

function page(server: ServerHere, url: string): string[] {
  return ['Or open the playground with its phone behind this simulator:', '', `  ${server.url}/?phones=${url}`];
}
