/** Addresses that the client is told of. It sends what it asks for there through its socket; no name is resolved. */
const host = 'https://conversations.invalid/v2';

export const configurationUrl = 'https://conversations.invalid/Client/v2/Configuration';

export const links = {
  myConversations: `${host}/MyConversations`,
  conversations: `${host}/Conversations`,
  users: `${host}/Users`,
  typing: `${host}/Typing`,
  conversation: (sid: string) => `${host}/Conversations/${sid}`,
  participants: (sid: string) => `${host}/Conversations/${sid}/Participants`,
  messages: (sid: string) => `${host}/Conversations/${sid}/Messages`,
  user: (identity: string) => `${host}/Users/${encodeURIComponent(identity)}`,
};
