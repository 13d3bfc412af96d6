import { creates, fetches, lists, ofAccount, type ResourceDescription, removes, updates } from '../describe.ts';
import { choice, type Fields, flag, required, text } from '../fields.ts';

const type = choice(['apn', 'gcm', 'fcm'], 'The push service.');
const secrets: Fields = {
  FriendlyName: text('Name for people.', 'credentialFriendlyName'),
  Certificate: text('Of apn: PEM.'),
  PrivateKey: text('Of apn: PEM.'),
  Sandbox: flag('Of apn: whether its sandbox is used.'),
  ApiKey: text('Of gcm.'),
  Secret: text('Of fcm: the JSON of a service account.'),
};

export const credentials: ResourceDescription = {
  name: 'Credentials',
  about: 'What the server needs to reach a push service. Secrets go in and never come out.',
  endpoints: [
    ofAccount('/Credentials', {
      GET: lists('Credential', 'credentials', 100, 'Lists the credentials.'),
      POST: creates('Credential', 'Adds a credential.', { Type: required(type), ...secrets }),
    }),
    ofAccount('/Credentials/{Sid}', {
      GET: fetches('Credential', 'Fetches a credential.'),
      POST: updates('Credential', 'Changes a credential.', { Type: type, ...secrets }),
      DELETE: removes('Removes a credential.'),
    }),
  ],
};
