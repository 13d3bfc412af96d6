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
    ...(server ? [...conversation(introduction, server), ''] : []),
    ...(phones.note === null ? [] : [phones.note, '']),
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
    ...(server ? ['Write to the phone:', '', ...message(introduction, server), ''] : []),
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

function conversation(introduction: Introduction, server: ServerHere): string[] {
  const { name, simulated } = introduction;
  const [phone] = simulated.phones.phones;
  const [own = ''] = simulated.phones.own;
  const curl = curlLine(introduction, server);
  return [
    'Make a conversation with that phone in it, once:',
    '',
    `  conversations=${server.url}/v1/Conversations`,
    ...(own.includes('@') && !own.includes(':')
      ? [
          // By e-mail, the own address is the conversation's.
          `  ${curl} $conversations \\`,
          `    -d UniqueName=via-${name} -d Bindings.Email.Address=${own}`,
          `  ${curl} $conversations/via-${name}/Participants \\`,
          `    --data-urlencode MessagingBinding.Address=${phone}`,
        ]
      : [
          `  ${curl} $conversations -d UniqueName=via-${name}`,
          `  ${curl} $conversations/via-${name}/Participants \\`,
          `    --data-urlencode MessagingBinding.Address=${phone} \\`,
          `    --data-urlencode MessagingBinding.ProxyAddress=${own}`,
        ]),
  ];
}

function message(introduction: Introduction, server: ServerHere): string[] {
  return [
    `  ${curlLine(introduction, server)} $conversations/via-${introduction.name}/Messages \\`,
    `    -d Author=shop -d 'Body=Your parcel is here.'`,
  ];
}

/** With the credentials that the server wrote for curl; where there are none, curl asks for the token. */
function curlLine({ shellDirectory }: Introduction, { curlConfig, accountSid }: ServerHere): string {
  if (!existsSync(curlConfig)) return `curl -u ${accountSid}`;
  return `curl -K ${quoted(pathFrom(shellDirectory, curlConfig))}`;
}

function page(server: ServerHere, url: string): string[] {
  return ['Or open the playground with its phone behind this simulator:', '', `  ${server.url}/?phones=${url}`];
}
