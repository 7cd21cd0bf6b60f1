// Validate recorded exchanges against Azure's OpenAPI files: node validate.js SPECS FOLDER
// FOLDER holds .jsonl files, a line {method, url, reqHeaders, reqBody, status, resHeaders, resBody, src, n} an exchange.

const fs = require('fs');
const path = require('path');
const { LiveValidator } = require('oav');
const { FILES, VERSIONS, EXTENSION, WITH_PARENT, UNDESCRIBED, KNOWN, UNLISTED_STATUS } = require('./rules');

const MANAGEMENT = 'https://management.azure.com';

function* exchanges(folder) {
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.jsonl'))) {
    for (const line of fs.readFileSync(path.join(folder, file), 'utf8').split('\n')) {
      if (line) yield JSON.parse(line);
    }
  }
}

// The same request as Azure would have received it, in the version that the files describe.
function asDescribed(url) {
  const described = new URL(url);
  const rule = VERSIONS.find(([pattern]) => pattern.test(described.pathname));
  if (rule) described.searchParams.set('api-version', rule[1]);
  const pathname = described.pathname.replace(EXTENSION, WITH_PARENT);
  return { url: MANAGEMENT + pathname + described.search, query: Object.fromEntries(described.searchParams) };
}

function pair(exchange) {
  const { url, query } = asDescribed(exchange.url);
  return {
    liveRequest: {
      method: exchange.method.toLowerCase(),
      url,
      query,
      headers: exchange.reqHeaders,
      body: exchange.reqBody || undefined,
    },
    liveResponse: {
      statusCode: String(exchange.status),
      headers: exchange.resHeaders,
      body: exchange.resBody || undefined,
    },
  };
}

function problems(result) {
  const found = (result.errors || []).map((error) => ({
    code: error.code,
    text: `${error.message} ${(error.pathsInPayload || []).join(' ')}`,
  }));
  if (result.runtimeException) {
    found.push({ code: result.runtimeException.code, text: result.runtimeException.message });
  }
  return found;
}

const isKnown = (answer, { code, text }) =>
  KNOWN.some(([ofAnswer, ofCode, where]) => ofAnswer.test(answer) && new RegExp(`^${ofCode}$`).test(code) && where.test(text));

async function main(specs, folder) {
  const options = {
    directory: specs,
    swaggerPathsPattern: FILES,
    git: { shouldClone: false },
    isPathCaseSensitive: false,
    useRelativeSourceLocationUrl: true,
  };
  // Without a log of its own the validator prints a warning for every path that belongs to no provider.
  const validator = new LiveValidator(options, () => {});
  await validator.initialize();

  const counts = { validated: 0, undescribed: 0, failed: 0 };
  const operations = new Set();
  const differences = new Map();
  for (const exchange of exchanges(folder)) {
    const { pathname } = new URL(exchange.url);
    if (UNDESCRIBED.some(([pattern]) => pattern.test(pathname))) {
      counts.undescribed += 1;
      continue;
    }
    const { requestValidationResult: request, responseValidationResult: response } =
      await validator.validateLiveRequestResponse(pair(exchange));
    const operation = (request.operationInfo && request.operationInfo.operationId) || 'unknown';
    const sides = UNLISTED_STATUS.has(exchange.status) ? [request] : [request, response];
    const found = sides.flatMap(problems).filter((problem) => !isKnown(`${operation} ${exchange.status}`, problem));
    if (operation.startsWith('unknown')) found.push({ code: 'UNDESCRIBED', text: 'no operation of the files fits' });
    counts[found.length ? 'failed' : 'validated'] += 1;
    operations.add(operation);
    for (const { code, text } of found) {
      const difference = `${operation} ${exchange.method} ${exchange.status} ${code}: ${text.slice(0, 300)}`;
      const seen = differences.get(difference) || { times: 0, example: `${pathname}\n    in ${exchange.src}` };
      differences.set(difference, { ...seen, times: seen.times + 1 });
    }
  }
  for (const [difference, { times, example }] of differences) {
    console.log(`${times} x ${difference}\n    ${example}`);
  }
  console.log(`${counts.validated} exchanges of ${operations.size} operations are as described, ` +
    `${counts.undescribed} are of services without a file, ${counts.failed} differ`);
  return counts.failed || !counts.validated ? 1 : 0;
}

const [specs, folder] = process.argv.slice(2);
main(specs, folder).then((status) => process.exit(status), (error) => {
  console.error(error);
  process.exit(1);
});
