<!-- The table of synthetic ObsCore rows, for DaCHS. Its columns are those DaCHS itself gives ivoa.obscore. -->
<resource schema="archway_synthetic">
  <meta name="title">Synthetic ObsCore rows</meta>
  <meta name="description">Synthetic benchmark rows, not observations. Loaded by the conformance tests of Archway.</meta>
  <meta name="creationDate">2026-08-01T00:00:00Z</meta>
  <meta name="subject">observational-astronomy</meta>
  <meta name="creator">Nobody</meta>
  <table id="main" onDisk="True" adql="True">
    <meta name="description">Synthetic benchmark rows, not observations.</meta>
    <mixin preview="NULL" source_table="'archway_synthetic.main'">//obscore#publishObscoreLike</mixin>
    <FEED source="//obscore#obscore-columns"/>
    <index columns="obs_publisher_did"/>
    <index columns="obs_id"/>
    <index columns="obs_collection"/>
    <index columns="t_min"/>
  </table>
  <data id="import">
    <sources items="none"/>
    <nullGrammar/>
    <make table="main"/>
  </data>
</resource>
