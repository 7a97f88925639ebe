const express = require('express');
const { refresh, report } = require('./snapshot');
const app = express();
app.get('/refresh/:n', (req, res) => { refresh(req.params.n); res.json(report()); });
const server = app.listen(0, () => console.log('ready', server.address().port));
