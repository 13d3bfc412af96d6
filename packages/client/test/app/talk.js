/**
 * The conversation of the smoke tests: one user makes it and writes, the other is added and reads.
 *
 * @returns what the other one got
 */
export async function talk(Client, tokens, options) {
  const [ann, ben] = await Promise.all(tokens.map((token) => Client.create(token, options)));
  const added = new Promise((resolve) => ben.on('conversationJoined', resolve));
  const conversation = await ann.createConversation({ friendlyName: 'Lunch', attributes: { table: 4 } });
  await conversation.join();
  await conversation.add(ben.user.identity);
  const seen = await added;
  const written = new Promise((resolve) => seen.on('messageAdded', resolve));
  await conversation.sendMessage('At noon?');
  const { author, body, index } = await written;
  const { code } = await ben.getUser('nobody').catch((error) => error);
  await Promise.all([ann.shutdown(), ben.shutdown()]);
  return { friendlyName: seen.friendlyName, attributes: seen.attributes, author, body, index, code };
}
