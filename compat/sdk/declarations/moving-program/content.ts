import {
  ChannelMetadata,
  type Client,
  type ContentData,
  type ContentDataAction,
  type ContentDataActionOther,
  type ContentDataActionPhone,
  type ContentDataActionReply,
  type ContentDataActionUrl,
  type ContentDataCallToAction,
  type ContentDataCard,
  type ContentDataListItem,
  type ContentDataListPicker,
  type ContentDataLocation,
  type ContentDataMedia,
  type ContentDataOther,
  type ContentDataQuickReply,
  type ContentDataReply,
  type ContentDataText,
  ContentTemplate,
  type ContentTemplateVariable,
  type Message,
} from '@twilio/conversations';

/** Rich messages, drawn as text. */
export async function draw(message: Message): Promise<string> {
  const data = await message.getContentData();
  const metadata = await message.getChannelMetadata();
  const from = metadata instanceof ChannelMetadata ? metadata.type : '';
  return data ? `${from} ${drawContent(data)}` : '';
}

function drawContent(data: ContentData): string {
  switch (data.type) {
    case 'text':
      return text(data);
    case 'media':
      return media(data);
    case 'location':
      return location(data);
    case 'quickReply':
      return quickReply(data);
    case 'callToAction':
      return callToAction(data);
    case 'listPicker':
      return listPicker(data);
    case 'card':
      return card(data);
    case 'other':
      return other(data);
  }
}

const text = ({ body, rawData, type }: ContentDataText) => `${type} ${body} ${rawData}`;
const media = ({ body, media: urls, rawData, type }: ContentDataMedia) => `${type} ${body} ${urls.join()} ${rawData}`;
const location = ({ label, latitude, longitude, rawData, type }: ContentDataLocation) =>
  `${type} ${label} ${latitude} ${longitude} ${rawData}`;
const quickReply = ({ body, replies, rawData, type }: ContentDataQuickReply) =>
  `${type} ${body} ${replies.map(reply).join()} ${rawData}`;
const callToAction = ({ actions, body, rawData, type }: ContentDataCallToAction) =>
  `${type} ${body} ${actions.map(action).join()} ${rawData}`;
const listPicker = ({ body, button, items, rawData, type }: ContentDataListPicker) =>
  `${type} ${body} ${button} ${items.map(listItem).join()} ${rawData}`;
const card = ({ actions, media: urls, rawData, subtitle, title, type }: ContentDataCard) =>
  `${type} ${title} ${subtitle} ${urls.join()} ${actions.map(action).join()} ${rawData}`;
const other = ({ rawData, type }: ContentDataOther) => `${type} ${rawData}`;
const reply = ({ id, title }: ContentDataReply) => `${id} ${title}`;
const listItem = ({ description, id, item }: ContentDataListItem) => `${id} ${item} ${description}`;

function action(data: ContentDataAction): string {
  switch (data.type) {
    case 'url':
      return urlAction(data);
    case 'phone':
      return phoneAction(data);
    case 'reply':
      return replyAction(data);
    case 'other':
      return otherAction(data);
  }
}

const urlAction = ({ rawData, title, type, url }: ContentDataActionUrl) => `${type} ${title} ${url} ${rawData}`;
const phoneAction = ({ phone, rawData, title, type }: ContentDataActionPhone) => `${type} ${title} ${phone} ${rawData}`;
const replyAction = ({ id, index, rawData, title, type }: ContentDataActionReply) =>
  `${type} ${id} ${index} ${title} ${rawData}`;
const otherAction = ({ rawData, type }: ContentDataActionOther) => `${type} ${rawData}`;

export async function menu(client: Client): Promise<string[]> {
  const templates = await client.getContentTemplates();
  return templates.map((template) => {
    const { dateCreated, dateUpdated, friendlyName, sid, variables, variants } = template;
    const blanks = variables.map(({ name, value }: ContentTemplateVariable) => `${name}=${value}`);
    const kinds = [...variants].map(([name, variant]) => `${name}: ${drawContent(variant)}`);
    const known = template instanceof ContentTemplate;
    return [known, sid, friendlyName, blanks, kinds, dateCreated.getTime(), dateUpdated.getTime()].join();
  });
}
