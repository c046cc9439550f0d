//! Addresses by the OS Places API of Ordnance Survey.

use std::fmt;

use async_trait::async_trait;
use ims_app::{AddressLookup, AddressesAway, DeliveryPoint, PostalAddress};
use ims_ledger::{AddressSettings, Council, Postcode};
use ims_pay::{Body, Method, Reply, Request, Secret};
use serde::Deserialize;

use crate::{Carrier, Secrets, carrier::NoReply};

const BASE: &str = "https://api.os.uk/search/places/v1";

/// By the OS Places API (`/postcode`, the delivery points of Royal Mail). The key goes
/// in a header and stands in no address; the UPRN is not read.
#[derive(Clone)]
pub struct OsPlaces {
    carrier: Carrier,
    secrets: Secrets,
}

impl fmt::Debug for OsPlaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OsPlaces(..)")
    }
}

impl OsPlaces {
    /// Over this line, with these secrets.
    #[must_use]
    pub fn new(carrier: Carrier, secrets: Secrets) -> Self {
        Self { carrier, secrets }
    }

    fn settings<'c>(
        &self,
        council: &'c Council,
    ) -> Result<(&'c AddressSettings, Secret), AddressesAway> {
        let absent = || AddressesAway("there is no [addresses]".to_owned());
        let settings = council.addresses.as_ref().ok_or_else(absent)?;
        let name = settings.secrets.get("key").map_or("", String::as_str);
        let unset = || AddressesAway(format!("the value of its secret `{name}` is not set"));
        Ok((settings, (self.secrets)(name).ok_or_else(unset)?))
    }
}

#[async_trait]
impl AddressLookup for OsPlaces {
    fn way(&self) -> &'static str {
        "os-places"
    }

    async fn find(
        &self,
        council: &Council,
        postcode: &Postcode,
    ) -> Result<Vec<PostalAddress>, AddressesAway> {
        let (settings, key) = self.settings(council)?;
        let base = if settings.url.is_empty() { BASE } else { settings.url.trim_end_matches('/') };
        // A postcode has letters, digits and one space.
        let asked = postcode.as_str().replace(' ', "");
        let url = format!("{base}/postcode?postcode={asked}&dataset=DPA&maxresults=100");
        let request =
            Request { method: Method::Get, url, headers: Vec::new(), body: Body(Vec::new()) }
                .with("key", key.reveal().trim())
                .with("accept", "application/json");
        match self.carrier.try_carry(&request).await {
            Ok(reply) => answer(&reply),
            Err(NoReply::NotSent) => Err(away("could not be reached")),
            Err(NoReply::Silent) => Err(away("did not answer")),
        }
    }

    async fn ready(&self, council: &Council) -> Result<(), AddressesAway> {
        self.settings(council).map(drop)
    }
}

fn away(what: &str) -> AddressesAway {
    AddressesAway(format!("OS Places {what}"))
}

/// What it says. Its words may quote the postcode; its status does not.
fn answer(reply: &Reply) -> Result<Vec<PostalAddress>, AddressesAway> {
    match reply.status {
        200 => {}
        401 | 403 => {
            return Err(away(&format!("does not take the key (it says {})", reply.status)));
        }
        429 => return Err(away("has no time for more (it says 429)")),
        status => return Err(away(&format!("failed (it says {status})"))),
    }
    let unread = || away("says what cannot be read");
    let text = reply.body.text().map_err(|_| unread())?;
    let answer: Answer = serde_json::from_str(text).map_err(|_| unread())?;
    // Where nobody lives there are no results at all, but the count is always there.
    if answer.results.is_empty() && answer.header.totalresults > 0 {
        return Err(unread());
    }
    Ok(answer.results.iter().filter_map(|row| row.dpa.as_ref()).map(Dpa::address).collect())
}

#[derive(Deserialize)]
struct Answer {
    header: Header,
    #[serde(default)]
    results: Vec<Row>,
}

#[derive(Deserialize)]
struct Header {
    totalresults: u64,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "DPA")]
    dpa: Option<Dpa>,
}

/// A delivery point; what it lacks is left out.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "SCREAMING_SNAKE_CASE")]
struct Dpa {
    organisation_name: String,
    department_name: String,
    po_box_number: String,
    sub_building_name: String,
    building_name: String,
    building_number: String,
    dependent_thoroughfare_name: String,
    thoroughfare_name: String,
    double_dependent_locality: String,
    dependent_locality: String,
    post_town: String,
    postcode: String,
}

impl Dpa {
    fn address(&self) -> PostalAddress {
        let point = DeliveryPoint {
            organisation: &self.organisation_name,
            department: &self.department_name,
            po_box: &self.po_box_number,
            sub_building: &self.sub_building_name,
            building_name: &self.building_name,
            building_number: &self.building_number,
            dependent_street: &self.dependent_thoroughfare_name,
            street: &self.thoroughfare_name,
            double_dependent_locality: &self.double_dependent_locality,
            dependent_locality: &self.dependent_locality,
            town: &self.post_town,
            postcode: &self.postcode,
        };
        point.address()
    }
}
