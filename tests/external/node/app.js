// A clinic's telephone with Express and Twilio's own package. It knows nothing of this project.
//
// `/voice` is as it should be. Two more numbers have a defect that many such applications have.
'use strict';

const express = require('express');
const twilio = require('twilio');

const app = express();
app.use(express.urlencoded({ extended: false }));
app.use(twilio.webhook()); // refuses whoever does not know TWILIO_AUTH_TOKEN

function answer(res, build) {
  const response = new twilio.twiml.VoiceResponse();
  build(response);
  res.type('text/xml').send(response.toString());
}

app.post('/voice', (req, res) =>
  answer(res, (response) => {
    const gather = response.gather({ input: 'dtmf speech', numDigits: 1, action: '/department' });
    gather.say({ language: 'en-GB' }, 'Welcome to the clinic. Press 1 for appointments, or say what it is about.');
    response.redirect('/voice');
  })
);

app.all('/department', (req, res) =>
  answer(res, (response) => {
    const choice = req.body?.Digits || req.body?.SpeechResult;
    if (choice === '1') {
      response.say('Appointments.');
      response.dial({ action: '/after' }, '+12125550143');
    } else {
      response.say(choice ? `You said ${choice}. We call you back.` : 'You pressed nothing.');
      response.hangup();
    }
  })
);

app.post('/after', (req, res) =>
  answer(res, (response) => {
    if (req.body.DialCallStatus === 'completed') {
      response.hangup();
    } else {
      response.say('Nobody is there. Please call again tomorrow.');
    }
  })
);

// Defect: an HTTP redirect on an action. The next request is a GET, and the digits do not come along.
app.post('/moved', (req, res) =>
  answer(res, (response) => response.gather({ numDigits: 1, action: '/old' }).say('Press 1 for appointments.'))
);
app.post('/old', (req, res) => res.redirect('/department'));

// Defect: the prompt stands before the Gather, not in it. Whoever knows the menu presses too early.
app.post('/outside', (req, res) =>
  answer(res, (response) => {
    response.say('Press 1 for appointments.');
    response.gather({ numDigits: 1, action: '/department', timeout: 3 });
    response.say('You pressed nothing.');
  })
);

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
