// Create, find, update, tag, list, fields with the package active-campaign-api-node.
const { createRequire } = require("node:module");
const path = require("node:path");

const [folder, url, token] = process.argv.slice(2);
const load = createRequire(path.join(folder, "package.json"));
const exported = load("active-campaign-api-node");
const ActiveCampaign = exported.ActiveCampaign || exported;
const ContactTag = load("active-campaign-api-node/src/api/contacts/tag");

async function main() {
  const client = new ActiveCampaign({ apiUrl: url, apiKey: token });
  const { contact, customField, customFieldsValue } = client.contacts;
  const tagging = new ContactTag({ baseApiUrl: client.baseApiUrl, baseHeaders: client.baseHeaders });

  const made = (await contact.create({ contact: { email: "eve@x.test", firstName: "Eve" } })).data.contact;
  await contact.update(made.id, { contact: { lastName: "Stone" } });
  await contact.createOrUpdate({ contact: { email: "eve@x.test", phone: "+1555" } });
  const found = (await contact.listAll({ email: "eve@x.test" })).data.contacts;

  const field = (await customField.create({ field: { title: "Colour", type: "text" } })).data.field;
  await customFieldsValue.createCustomFieldValue({
    fieldValue: { contact: made.id, field: field.id, value: "Blue" },
  });
  const values = (await customFieldsValue.listAllCustomFieldValues({ "filters[val]": "Blue" })).data.fieldValues;

  const tag = (await client.tags.tag.create({ tag: { tag: "guest", tagType: "contact" } })).data.tag;
  const added = (await tagging.addTagToContact({ contactTag: { contact: made.id, tag: tag.id } })).data.contactTag;

  const list = (
    await client.lists.list.create({
      list: { name: "Visitors", stringid: "visitors", sender_url: "https://x.test", sender_reminder: "You came." },
    })
  ).data.list;
  await contact.updateListStatus({ contactList: { list: list.id, contact: made.id, status: 1 } });
  const batch = (await contact.bulkImport({ contacts: [{ email: "later@x.test" }] })).data.batchId;
  const twice = await contact.create({ contact: { email: "eve@x.test" } }).catch((error) => error.response.status);

  const result = {
    id: made.id,
    found: found.map((one) => one.id),
    values: values.map((one) => one.value),
    tag: added.tag,
    batch,
    twice,
  };
  process.stdout.write(JSON.stringify(result));
}

main().catch((error) => {
  process.stderr.write(String(error.stack) + "\n");
  process.exit(1);
});
