// Calls a running server through node-soap and prints a line for each check.
// Usage: node client.js soap11|soap12 WSDL-URL FACTS.JSON.  The exit status is the number of failed checks.
'use strict';

const fs = require('node:fs');
const { promisify } = require('node:util');
const soap = require('soap');

const VERSIONS = {
  soap11: { port: 'ValidateServiceSoap', faultCode: 'Client', options: {} },
  soap12: { port: 'ValidateServiceSoap12', faultCode: 'Sender', options: { forceSoap12Headers: true } },
};
const CLEAR_TEXT = 'Grüße & <Küsse> für 5 € ✓ 😀';
const PLEASE_DENY = 'please deny';

/** The checks of one SOAP version. */
class Checks {
  failures = 0;

  constructor(version, port, facts) {
    this.version = version;
    this.faultCode = VERSIONS[version].faultCode;
    this.port = port;
    this.facts = facts;
    this.who = { username: facts.username, domain: facts.domain };
  }

  /** Call an operation and return its whole answer; the right key is sent unless the parameters bring another. */
  async answer(operation, parameters) {
    const call = promisify(this.port[operation]);
    return call({ apiKey: this.facts.apiKey, ...parameters });
  }

  /** Call an operation and return its result. */
  async result(operation, parameters) {
    return (await this.answer(operation, parameters))[`${operation}Result`];
  }

  async oneTimePasswords() {
    const validate = this.about('ValidateOTP', this.who);
    await validate('right', true, { OTP: this.facts.code });
    await validate('used before', false, { OTP: this.facts.code });
    await validate('wrong', false, { OTP: this.facts.wrongCode });
    await this.expectBadKey('ValidateOTP', { ...this.who, OTP: this.facts.code });
  }

  async pushes() {
    const question = { ...this.who, loginTo: 'Portal', ipAddress: '192.0.2.7' };
    const ask = this.about('ValidatePush', question);
    await ask('approved', true);
    await ask('denied', false, { loginTo: PLEASE_DENY });
    await ask('no authenticator', false, { username: this.facts.userWithoutAuthenticator });
    await this.expectBadKey('ValidatePush', question);
  }

  async customPushes() {
    const question = { ...this.who, customMessage: 'Pay 5 €?', customTimeout: '60' };
    const ask = this.about('ValidatePushCustom', question);
    await ask('approved', true);
    await ask('denied', false, { customMessage: PLEASE_DENY });
    await ask('no authenticator', false, { username: this.facts.userWithoutAuthenticator });
    await ask('bad time-out', this.fault('customTimeout must be a whole number of seconds from 5 to 300.'), {
      customTimeout: 'soon',
    });
    await this.expectBadKey('ValidatePushCustom', question);
  }

  async cards() {
    const right = { ...this.who, cardInformation: this.facts.card, pin: this.facts.pin };
    const validate = this.about('ValidateCard', right);
    await validate('right', true);
    await validate('wrong card', false, { cardInformation: 'another card' });
    await validate('wrong PIN', false, { pin: '9731' });
    await this.expectBadKey('ValidateCard', right);
  }

  async authCodes() {
    const validate = this.about('ValidateAuthCode', this.who);
    await validate('wrong', false, { authCode: this.facts.wrongAuthCode });
    await validate('right', true, { authCode: this.facts.authCode });
    await validate('used before', false, { authCode: this.facts.authCode });
    await this.expectBadKey('ValidateAuthCode', { ...this.who, authCode: this.facts.authCode });
  }

  async authTokens() {
    const validate = this.about('ValidateAuthToken', this.who);
    await validate('right', true, { authToken: this.facts.authToken });
    await validate('right again', true, { authToken: this.facts.authToken });
    await validate('wrong', false, { authToken: `${this.facts.authToken}x` });
    await this.expectBadKey('ValidateAuthToken', { ...this.who, authToken: this.facts.authToken });
  }

  /** Check an encrypting operation and its decrypting one; `begin` is how their layout begins. */
  async values(encrypting, decrypting, begin) {
    const clear = { name: 'db', cleartextValue: CLEAR_TEXT };
    const value = await this.result(encrypting, clear);
    this.report(`${encrypting}, begins with`, begin, value.slice(0, 8));
    const tooLong = this.fault('name is longer than 256 characters.');
    await this.about(encrypting, clear)('long name', tooLong, { name: 'n'.repeat(257) });
    await this.expectBadKey(encrypting, clear);

    const encrypted = { name: 'db', encryptedValue: value };
    const decrypt = this.about(decrypting, encrypted);
    const refusal = this.fault('The value could not be decrypted.');
    await decrypt('right', CLEAR_TEXT);
    await decrypt('wrong name', refusal, { name: 'other' });
    await decrypt('not encrypted', refusal, { encryptedValue: '0123456789ABCDEF' });
    await this.expectBadKey(decrypting, encrypted);
  }

  async questions() {
    const enrolled = await this.answer('GetQuestions', this.who);
    const texts = enrolled.questions.string;
    const expected = `success: ${this.facts.questions.join(' | ')}`;
    this.report('GetQuestions, enrolled', expected, `${enrolled.GetQuestionsResult}: ${texts.join(' | ')}`);
    const unknown = await this.answer('GetQuestions', { ...this.who, username: 'nobody' });
    const count = unknown.questions.string.length;
    this.report('GetQuestions, unknown user', 'success: 3 questions', `${unknown.GetQuestionsResult}: ${count} questions`);
    await this.expectBadKey('GetQuestions', this.who);

    const right = { ...this.who, questions: { string: texts }, answers: { string: this.facts.answers } };
    const validate = this.about('ValidateQuestions', right);
    await validate('right', true);
    await validate('wrong', false, { answers: { string: [this.facts.answers[0], 'Tom'] } });
    await this.expectBadKey('ValidateQuestions', right);
  }

  /** Return a function that checks one case of `operation`; a case changes some of the `usual` parameters. */
  about(operation, usual) {
    return async (name, expected, changed = {}) => {
      const result = await this.result(operation, { ...usual, ...changed }).catch(faultText);
      this.report(`${operation}, ${name}`, expected, result);
    };
  }

  async expectBadKey(operation, parameters) {
    await this.about(operation, parameters)('bad key', this.fault('The API key is not valid.'), { apiKey: 'not a key' });
  }

  fault(text) {
    return `${this.faultCode}: ${text}`;
  }

  report(check, expected, result) {
    if (result === expected) {
      console.log(`ok ${this.version} ${check}: ${result}`);
    } else {
      this.failures += 1;
      console.log(`FAILED ${this.version} ${check}: ${result} instead of ${expected}`);
    }
  }
}

/** Return a SOAP fault as "Code: text"; anything else is thrown on. */
function faultText(error) {
  const fault = error.root?.Envelope?.Body?.Fault;
  if (!fault) throw error;
  const code = fault.faultcode ?? fault.Code.Value;
  const text = fault.faultstring ?? fault.Reason.Text;
  return `${code.split(':').pop()}: ${text.$value ?? text}`;
}

async function main(version, url, factsFile) {
  const { port, options } = VERSIONS[version];
  const client = await soap.createClientAsync(url, options);
  const checks = new Checks(version, client.ValidateService[port], JSON.parse(fs.readFileSync(factsFile, 'utf8')));
  await checks.oneTimePasswords();
  await checks.pushes();
  await checks.customPushes();
  await checks.cards();
  await checks.authCodes();
  await checks.authTokens();
  await checks.values('EncryptValue', 'DecryptValue', '4D464531');
  await checks.values('EncryptValueAES', 'DecryptValueAES', '4D464131');
  await checks.questions();
  process.exitCode = checks.failures;
}

main(...process.argv.slice(2));
