import type { PlaygroundSession } from '../session/session.ts';

export interface CodeSample {
  title: string;
  code: string;
}

/** The same steps as on this page, as programs would do them, with the addresses of this conversation. */
export function codeSamples(session: PlaygroundSession, url: string): CodeSample[] {
  const { conversationSid, users, phone } = session;
  const author = users[0]?.identity ?? 'Ann';
  return [
    {
      title: 'REST, with curl',
      code: `# curl.conf has the credentials; it is in the data directory
server=${url}
conversation=$server/v1/Conversations/${conversationSid}

# A message to everybody in it, the phone included
curl -K data/curl.conf $conversation/Messages \\
  --data-urlencode "Author=${author}" \\
  --data-urlencode "Body=Hello from curl"

# A second phone joins
curl -K data/curl.conf $conversation/Participants \\
  --data-urlencode "MessagingBinding.Address=${another(phone.address)}" \\
  --data-urlencode "MessagingBinding.ProxyAddress=${phone.proxyAddress}"`,
    },
    {
      title: 'SDK, in a browser or Node',
      code: `import { Client } from '@colloquy/client';

// The token comes from your back end: see examples/access-token.ts
const client = new Client(token, { url: '${url}' });
const conversation = await client.getConversationBySid(
  '${conversationSid}',
);

conversation.on('messageAdded', ({ author, body }) => console.log(author, body));
conversation.on('typingStarted', ({ identity }) => console.log(identity, '…'));

const index = await conversation.sendMessage('Hello from the SDK');
await conversation.updateLastReadMessageIndex(index);`,
    },
  ];
}

/** Another address of the same kind: the next number, or somebody else's mailbox. */
function another(address: string): string {
  if (address.includes('@')) return `second.${address}`;
  return address.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10));
}
