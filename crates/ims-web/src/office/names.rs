use std::{collections::HashMap, fmt::Display};

use ims_app::Books;

use crate::fault::Fault;

/// The council's own names for its codes.
pub(super) struct Names {
    funds: HashMap<String, String>,
    methods: HashMap<String, String>,
    channels: HashMap<String, String>,
    /// Funds that money can be put into: code and name.
    pub(super) open_funds: Vec<(String, String)>,
}

impl Names {
    pub(super) async fn of(books: &Books) -> Result<Self, Fault> {
        let council = books.settings().await?.council;
        let open = council.fund.iter().filter(|fund| !fund.disabled);
        let open_funds = open
            .map(|fund| (fund.code.to_string(), format!("{} ({})", fund.name, fund.code)))
            .collect();
        let named = |code: &dyn Display, name: &str| (code.to_string(), name.to_owned());
        Ok(Self {
            open_funds,
            funds: council.fund.iter().map(|it| named(&it.code, &it.name)).collect(),
            methods: council.method.iter().map(|it| named(&it.code, &it.name)).collect(),
            channels: council.channel.iter().map(|it| named(&it.code, &it.name)).collect(),
        })
    }

    pub(super) fn fund<'a>(&'a self, code: &'a str) -> &'a str {
        named(&self.funds, code)
    }

    pub(super) fn method<'a>(&'a self, code: &'a str) -> &'a str {
        named(&self.methods, code)
    }

    pub(super) fn channel<'a>(&'a self, code: &'a str) -> &'a str {
        named(&self.channels, code)
    }
}

/// A code that has gone from the configuration stands for itself.
fn named<'a>(names: &'a HashMap<String, String>, code: &'a str) -> &'a str {
    names.get(code).map_or(code, String::as_str)
}
